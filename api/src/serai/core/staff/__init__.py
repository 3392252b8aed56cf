"""Staff of the organisation, and the roles they hold."""
