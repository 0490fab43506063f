"""Would my passage have been found, and if not, where was it lost?"""
