"""The DAG below a cell: live for who looks at it, a picture for who opens the notebook later.

    Pipeline, Run ─► shown ─► display: own MIME type · widget · SVG · Mermaid · text
                       │                   │             │
               live (a thread) ────────────┴── told ─────┘ until the run is over

It must not start, stop or change a run, but for the answers that a person gives at a gate.
"""
