"""Systems on endpoints that follow OpenAI's protocol; `harness/models/openai.py` says what each file does."""
