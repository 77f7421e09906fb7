"""Is one policy better than another? Seeds are added until that is decided, and not more.

athanor compare policy=mine --against athanor --until-decided

betting.py     what is known of a mean, valid however often it is looked at
verdict.py     when that decides, and the path that led there
differences.py one number a seed: what one policy had more than another
contest.py     who is held against whom, in which campaigns, and how seeds are added
rows.py        the campaigns that are not there yet, by as many processes as there are
comparing.py   rounds of both, until all is decided
words.py       what came of it, in a sentence
picture.py     the same as a picture
page.py        both on a page
validity.py    how often that is wrong, and how many seeds it takes: measured
"""
