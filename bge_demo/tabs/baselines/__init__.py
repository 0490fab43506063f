"""The model beside other encoders on the same pairs."""
