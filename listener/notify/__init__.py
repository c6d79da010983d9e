"""The mouth: Slack, mail, the terminal. One file per way out, all with the same face."""

from listener.notify._letter import Check, DeliveryError, Letter, Receipt, WayOut

__all__ = ["Check", "DeliveryError", "Letter", "Receipt", "WayOut"]
