"""What a mail is made of, and the dialogue in which it is handed over; `mailers` decide where it goes."""
