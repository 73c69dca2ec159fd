"""Texts with labels: written given them, and classified by Bayes' rule."""
