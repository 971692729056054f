"""A run's folder: what is written there, read again and resumed from.

Only the process that holds the folder's lock writes there (`system.folder_lock.only_writer`).
"""
