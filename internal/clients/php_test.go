package clients

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// startPHP drives the PHP SDK, a copy of which has the simulator's address.
func startPHP(t *testing.T, folder, address string) *driver {
	t.Helper()
	from, to := filepath.Join(folder, phpFolder), t.TempDir()
	for _, depth := range []string{"*.php", "*/*.php", "*/*/*.php"} {
		for _, source := range found(t, filepath.Join(from, "src", depth)) {
			var changes []change
			if filepath.Base(source) == "Client.php" {
				changes = append(changes, change{regexp.QuoteMeta(theirs), address})
			}
			copied(t, source, filepath.Join(to, strings.TrimPrefix(source, from)), changes...)
		}
	}
	driver := filepath.Join(to, "driver.php")
	copied(t, "testdata/driver.php", driver)
	return startDriver(t, to, []string{"CLIENT_LOGIN=" + login, "CLIENT_KEY=" + apiKey}, "php", driver)
}
