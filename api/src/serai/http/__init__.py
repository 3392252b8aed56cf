"""GraphQL over HTTP: the Starlette application, who asks, health, logs and the page for browsers."""

from .application import create_http_app
from .authentication import Authenticator, LoadViewer
from .engine import Authenticate, Engine, ExecutionResult, StatusHint
from .health import Check, NotReady
from .keys import load_keys
from .logs import configure_logs
from .problems import Problem
from .server import create_server
from .tokens import AuthenticationError, Claims, Tokens, open_tokens

__all__ = [
    "Authenticate",
    "AuthenticationError",
    "Authenticator",
    "Check",
    "Claims",
    "Engine",
    "ExecutionResult",
    "LoadViewer",
    "NotReady",
    "Problem",
    "StatusHint",
    "Tokens",
    "configure_logs",
    "create_http_app",
    "create_server",
    "load_keys",
    "open_tokens",
]
