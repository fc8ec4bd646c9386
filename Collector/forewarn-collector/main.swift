print("forewarn")
