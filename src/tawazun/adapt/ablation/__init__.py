"""Ablations of localising: arms of stages, their controls, and what each gains and loses."""
