"""The village: agents who live, walk and talk on the server, shown to every visitor alike."""
