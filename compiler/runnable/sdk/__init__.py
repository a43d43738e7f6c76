"""What users write pipelines with. The objects are plain and say little; `sdk.build` makes the IR of them."""
