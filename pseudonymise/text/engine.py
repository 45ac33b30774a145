"""Presidio set up for Dutch, without a network: its analyzer over a blank Dutch pipeline and our recognisers."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import spacy
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
from presidio_anonymizer import AnonymizerEngine
from presidio_anonymizer.entities import OperatorConfig, RecognizerResult

from pseudonymise.text.identifiers import ENOUGH, LANGUAGE
from pseudonymise.text.spans import IN_DUTCH, Kind, Span

Found = tuple[int, int, Kind]


class DutchTokens(NlpEngine):
    """Tokens of a blank Dutch pipeline. A lemma is the lower-cased token, so that words of context count.

    Presidio's own engines download a model when they start; this one has none.
    """

    def __init__(self) -> None:
        self.pipeline = spacy.blank(LANGUAGE)

    def load(self) -> None:
        """There is nothing to load."""

    def is_loaded(self) -> bool:
        return True

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        tokens = self.pipeline(text)
        starts, lemmas = [token.idx for token in tokens], [token.lower_ for token in tokens]
        return NlpArtifacts([], tokens, starts, lemmas, self, language)

    def process_batch(
        self, texts: Iterable[str], language: str, batch_size: int = 1, n_process: int = 1, **kwargs: Any
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        return ((text, self.process_text(text, language)) for text in texts)

    def is_stopword(self, word: str, language: str) -> bool:
        return bool(self.pipeline.vocab[word].is_stop)

    def is_punct(self, word: str, language: str) -> bool:
        return bool(self.pipeline.vocab[word].is_punct)

    def get_supported_entities(self) -> list[str]:
        return []

    def get_supported_languages(self) -> list[str]:
        return [LANGUAGE]


class Analyzer:
    """Finds with a set of recognisers."""

    def __init__(self, recognisers: Sequence[EntityRecognizer]) -> None:
        self._tokens = DutchTokens()
        registry = RecognizerRegistry(list(recognisers), supported_languages=[LANGUAGE])
        self._engine = AnalyzerEngine(
            registry, self._tokens, supported_languages=[LANGUAGE], default_score_threshold=ENOUGH
        )

    def find(self, text: str) -> list[Found]:
        """The places found, as start, end and kind; they may overlap."""
        with self._tokens.pipeline.memory_zone():  # what was read is forgotten afterwards
            results = self._engine.analyze(text, LANGUAGE)
            return [(result.start, result.end, Kind(result.entity_type)) for result in results]


_INSTEAD: Final = {
    kind.value: OperatorConfig("replace", {"new_value": f"[{words}]"}) for kind, words in IN_DUTCH.items()
}


def replace(text: str, spans: Iterable[Span]) -> str:
    """The text with each place replaced by its kind."""
    results = [RecognizerResult(span.kind.value, span.start, span.end, 1.0) for span in spans]
    anonymizer = AnonymizerEngine()  # type: ignore[no-untyped-call]
    return str(anonymizer.anonymize(text, results, _INSTEAD, merge_entities_with_spaces=False).text)
