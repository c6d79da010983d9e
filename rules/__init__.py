"""The judgement: pure rules, that know no clock, no file and no network."""
