"""Asks the Python clients of a tokenizer folder for ids and compares them with golden.jsonl (merge, build, extend --golden).

    python3 scripts/check-clients.py FOLDER [TEXT.txt | TEXT.txt.gz]...

Clients: sentencepiece, tokenizers, transformers (AutoTokenizer, fast and slow). Lines of further texts are compared with
sentencepiece's ids; lines that spell <s>, </s> or <unk> are left out, which Hugging Face reads as these tokens. Ids are
compared without bos and eos. By hand: the project's own tests need no Python.
"""
import gzip
import json
import logging
import os
import re
import sys

import sentencepiece
import tokenizers
import transformers

logging.disable(logging.CRITICAL)


def read_lines(path):
    with gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else open(path, encoding="utf-8") as file:
        return [line.rstrip("\r\n") for line in file if not re.search("<s>|</s>|<unk>", line)]


def report(client, encode, expected):
    differing = [(text, ids, found) for text, ids in expected for found in [list(encode(text))] if found != ids]
    spaced = sum(text.startswith((" ", "\u2581")) for text, _, _ in differing)
    print(f"{client}: {len(differing)} of {len(expected)} texts differ, {spaced} of these start with a space")
    for text, ids, found in differing[:2]:
        print(f"    {text[:60]!r}: expected {ids[:8]}, found {found[:8]}")


folder, *paths = sys.argv[1:]
processor = sentencepiece.SentencePieceProcessor(model_file=os.path.join(folder, "tokenizer.model"))
with open(os.path.join(folder, "golden.jsonl"), encoding="utf-8") as file:
    golden = [(line["text"], line["ids"]) for line in map(json.loads, file)]
lines = [(text, processor.encode(text)) for path in paths for text in read_lines(path)]

report(f"sentencepiece {sentencepiece.__version__}", processor.encode, golden)
rust = tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
report(
    f"tokenizers {tokenizers.__version__}",
    lambda text: rust.encode(text, add_special_tokens=False).ids,
    golden + lines,
)
for use_fast in (True, False):
    auto = transformers.AutoTokenizer.from_pretrained(folder, use_fast=use_fast)
    report(
        f"transformers {transformers.__version__}, AutoTokenizer(use_fast={use_fast}) is {type(auto).__name__}",
        lambda text: auto.encode(text, add_special_tokens=False),
        golden + lines,
    )
