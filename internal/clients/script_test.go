package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/testenv"
)

// Without the clients the script fails, and says what is missing and where it is
// to be had: it never passes with nothing compared.
func TestTheScriptFailsWithoutTheClients(t *testing.T) {
	t.Parallel()
	empty, javaAlone := t.TempDir(), t.TempDir()
	manager := filepath.Join(javaAlone, javaFolder, "src", "main", "java", "com", "Octopush", "service", "OctopushManager.java")
	if err := os.MkdirAll(filepath.Dir(manager), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(manager, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, folder, want string }{
		{"no folder given", "", "CLIENTS_DIR is not given"},
		{"no such folder", filepath.Join(empty, "none"), "none is no folder"},
		{"empty folder", empty, empty + " has no " + javaFolder + "/"},
		{"no PHP SDK", javaAlone, javaAlone + " has no " + phpFolder + "/src/Client.php"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), "../../scripts/clients.sh", tt.folder)
			cmd.Env = append(testenv.Clean(), "GO=false")
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Errorf("got success, want a failure\n%s", out)
			}
			for _, want := range []string{tt.want, "https://github.com/octopush/" + javaFolder, "https://github.com/octopush/" + phpFolder} {
				if !strings.Contains(string(out), want) {
					t.Errorf("got %s, want %q in it", out, want)
				}
			}
		})
	}
}
