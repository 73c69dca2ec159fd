"""What recipes are made of: typed options, the networks they describe, the way to train them."""
