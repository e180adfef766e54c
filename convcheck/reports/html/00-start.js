"use strict";
/* The page's script: all files of this folder in the order of their names. Each is a block of its
   own, so that nothing is global but this object, which holds what later files use. */
const convcheck = {};
