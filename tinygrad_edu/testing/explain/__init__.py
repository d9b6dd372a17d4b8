"""Words for what is wrong with a claimed derivative; nothing is measured and no engine is known here."""
