"""IndicTrans2 (Gala et al., 2023) on current transformers, without remote code.

    processor.py    text -> what the models were trained to read; their output -> text
    languages.py    the codes of its languages, and what is done for each
    tokenizer.py    that text -> token ids; ids -> text
    model.py        the network, of transformers' own M2M100 layers

Each is checked against the authors' code in tests/test_indictrans2.py: see there what was compared and how.
"""
