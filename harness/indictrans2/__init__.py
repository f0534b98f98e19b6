"""IndicTrans2 (Gala et al., 2023) on current transformers, without remote code.

    processor.py        text -> what the models were trained to read; their output -> text; of these steps:
      placeholders.py     what must not be translated
      normalisation.py    one encoding for each letter of Brahmi-derived scripts; arabic.py for Arabic script
      tokenisation.py     spaces around punctuation, and back
      scripts.py          Brahmi-derived scripts <-> Devanagari
    languages.py        the codes of its languages, and whose rules each follows
    tokenizer.py        that text -> token ids; ids -> text
    model.py            the network, of transformers' own M2M100 layers; beam_search.py, when its search ends

Each is checked against the authors' code in tests/test_indictrans2.py: see there what was compared and how.
"""
