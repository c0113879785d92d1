"""What library calls do: data, no logic. Each table says what a wrong or missing row costs.

To teach nbdag a library, add rows here and a case to tests/cases.
"""
