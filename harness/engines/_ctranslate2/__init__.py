"""Private parts of the engine `ctranslate2`.

`networks` writes a network of transformers in CTranslate2's form, `conversion` keeps the result in the user's cache,
`verification` compares it with the original, and `search` translates a `Decoding` into CTranslate2's settings.
"""
