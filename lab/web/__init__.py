"""What every lab behind HTTP needs: where it listens, one question and its answer, and distrust.

exchange = Exchange(Address.of(url, "ATHANOR_LAB_TOKEN"), token, timeout_s=30)
status, body = exchange.ask("GET", "/lab")      Unreachable; NotSent where it never got there
messages.message(body)                          a JSON object, or Malformed
plausible.check_outcome(outcome)                what an outcome from elsewhere may hold
"""

from lab.web.address import Address
from lab.web.exchange import MAX_BYTES, Exchange, NotSent
from lab.web.messages import Malformed

__all__ = ["MAX_BYTES", "Address", "Exchange", "Malformed", "NotSent"]
