"""Jobs: put into a queue by the changing transaction, done by workers, told of in `core_job`.

PgQueuer says which job is next, who has it and since when nothing was heard of it; a row of `core_job` says what the
job is and what became of it, and decides: whatever the queue hands out twice, only a row that is not over is begun.
"""
