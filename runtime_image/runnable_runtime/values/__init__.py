"""The values of parameters: their text, their types, references to the store."""
