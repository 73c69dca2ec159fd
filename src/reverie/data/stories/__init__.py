"""Stories and questions about them: bAbI, SQuAD, and JSON of one's own."""
