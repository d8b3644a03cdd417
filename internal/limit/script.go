package limit

import (
	_ "embed" // the scripts are files of their own, so that they read as Lua
)

//go:embed lua/acquire.lua
var acquireSource string

//go:embed lua/release.lua
var releaseSource string

//go:embed lua/renew.lua
var renewSource string

//go:embed lua/swap.lua
var swapSource string

//go:embed lua/blocked.lua
var blockedSource string
