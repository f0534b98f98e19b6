"""The networks of the neural metrics, on current transformers: COMET, CometKiwi, XCOMET, MetricX and BERTScore.

The official packages need old versions of transformers and numpy, so these are ports. Each gives the scores of the
official code for equal inputs: the tests compare ids, spans and scores with files that the official code wrote.

    tokens.py      texts to token ids, and joined inputs; counts what is cut
    encoding.py    sequences through an encoder: sorted by length, in batches of limited size
    layers.py      the mix of an encoder's layers, and the head that turns features into a score
    regression.py  COMET-22 and its like: each text alone
    unified.py     CometKiwi, and UniTE: the texts of a segment in one sequence
    spans.py       XCOMET: error spans from the labels of tokens, and their score
    metricx.py     MetricX-24: one logit of mT5
    bertscore.py   BERTScore: the best match of each token
    loading.py     checkpoints of COMET: hyperparameters, the encoder, and every tensor accounted for

Nothing here imports torch or transformers before a network is loaded.
"""
