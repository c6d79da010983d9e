"""Playing answers to a conversation: no server, no patching."""

import json

from connectors import Answer, ConnectorError


def talk(conversation, *answers):
    """Play the answers in turn; return what was asked and the Page.

    An answer is an Answer, a ConnectorError to be thrown, bytes for a body, anything else a
    body in JSON.
    """
    asked = [next(conversation)]
    for answer in answers:
        try:
            if isinstance(answer, ConnectorError):
                asked.append(conversation.throw(answer))
            else:
                asked.append(conversation.send(_answer(answer)))
        except StopIteration as end:
            return asked, end.value
    raise AssertionError(f"the conversation wants more answers: {asked[-1]}")


def _answer(answer):
    if isinstance(answer, Answer):
        return answer
    return Answer(body=answer if isinstance(answer, bytes) else json.dumps(answer).encode())
