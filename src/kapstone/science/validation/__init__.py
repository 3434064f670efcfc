"""The model beside every published value it can be compared with, misfits included."""
