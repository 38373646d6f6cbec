"""What the three services share: the vocabulary, the transactional stream and its host."""
