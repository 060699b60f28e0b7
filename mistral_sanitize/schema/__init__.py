"""What Mistral's schema is made of: marks on the models, the nodes, and their compiler."""
