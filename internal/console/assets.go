package console

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
)

//go:embed assets
var assets embed.FS

// AssetPath begins the paths of style sheet and script, which hold nothing of anybody's.
const AssetPath = "/assets/"

// assetPath is where a browser finds a file, and keeps it for good: another content has
// another path.
func assetPath(name string) string {
	b, err := assets.ReadFile("assets/" + name)
	if err != nil {
		return AssetPath + name
	}
	sum := sha256.Sum256(b)
	const enough = 6
	return AssetPath + hex.EncodeToString(sum[:enough]) + "/" + name
}

// Assets serves style sheet and script.
func Assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := path.Base(r.URL.Path)
		if r.URL.Path != assetPath(name) || r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		http.ServeFileFS(w, r, assets, "assets/"+name)
	})
}
