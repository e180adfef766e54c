// The page's script; without it the page is readable, too.
