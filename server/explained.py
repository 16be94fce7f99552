"""What the bot makes of a text, in the words of the protocol; for HTTP and the command line."""

from intents.understanding import Understanding
from server.shapes import Json


def understanding_shape(found: Understanding) -> Json:
    """decision: the gate's verdict, also where the intent has no reply. article: the best one, whatever the verdict."""
    article = found.article
    return {
        "text": found.text,
        "decision": str(found.decision),
        "intent": found.intent,
        "confidence": round(found.confidence, 4),
        "alternatives": [
            {"intent": other.intent, "confidence": round(other.confidence, 4)} for other in found.alternatives
        ],
        "article": {"id": article.id, "question": article.question} if article is not None else None,
        "reason": str(found.reason),
        "model_version": found.model_version,
        "took_ms": round(found.took_ms, 3),
    }
