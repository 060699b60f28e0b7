"""What Mistral would refuse, and what cures its refusals."""
