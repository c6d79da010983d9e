"""Slack: cards in Block Kit, and the inbox for the buttons on them."""
