package clients

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/testenv"
)

// startJava drives the Java client with its properties corrected: as published, the
// address of the confirm ends in a space.
func startJava(t *testing.T, folder, address string) *driver {
	t.Helper()
	return startJavaWith(t, folder, address, change{`(?m)[ \t]+$`, ""})
}

// startJavaAsPublished drives it as its repository has it.
func startJavaAsPublished(t *testing.T, folder, address string) *driver {
	t.Helper()
	return startJavaWith(t, folder, address)
}

func startJavaWith(t *testing.T, folder, address string, more ...change) *driver {
	t.Helper()
	from, to := filepath.Join(folder, javaFolder, "src", "main"), t.TempDir()
	properties := append([]change{
		{regexp.QuoteMeta(theirs), address},
		{`(?m)^api-key =.*$`, "api-key = " + apiKey},
		{`(?m)^api-login =.*$`, "api-login = " + login},
	}, more...)
	copied(t, filepath.Join(from, "resources", "application.properties"), filepath.Join(to, "application.properties"), properties...)
	sources := []string{copiedBelow(t, filepath.Join(from, "java", "com", "Octopush", "service", "OctopushManager.java"), to)}
	for _, model := range found(t, filepath.Join(from, "java", "com", "Octopush", "model", "*.java")) {
		sources = append(sources, copiedBelow(t, model, to))
	}
	classes := strings.Join(append([]string{to}, jars()...), string(filepath.ListSeparator))
	javac := append([]string{"-nowarn", "-encoding", "UTF-8", "-d", to, "-cp", classes, "-processorpath", jar("lombok"), "testdata/Driver.java"}, sources...)
	if out, err := exec.CommandContext(t.Context(), "javac", javac...).CombinedOutput(); err != nil {
		t.Fatalf("compile the Java client: %v\n%s", err, out)
	}
	return startDriver(t, to, testenv.Clean(), "java", "-cp", classes, "Driver")
}

// copiedBelow copies a source to a folder under its own name, which is unique
// among the few that are compiled.
func copiedBelow(t *testing.T, source, to string) string {
	t.Helper()
	target := filepath.Join(to, "sources", filepath.Base(source))
	copied(t, source, target)
	return target
}

// jars are what the client's manager is compiled with, under Debian's names: its
// Spring is older than the one that the client asks for (4.3, not 5.2).
func jars() []string {
	var all []string
	for _, name := range []string{
		"spring3-web", "spring3-core", "spring3-beans", "gson", "log4j-1.2", "httpclient", "httpcore",
		"jackson-core", "jackson-databind", "jackson-annotations", "commons-logging", "lombok",
	} {
		all = append(all, jar(name))
	}
	return all
}

func jar(name string) string { return "/usr/share/java/" + name + ".jar" }
