"""nbdag: run a notebook as a DAG of its steps, with the notebook's own result."""
