"""The trunk: the stages that meet in the store, and what they stand on."""
