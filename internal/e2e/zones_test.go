package e2e

import (
	wire "encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/simulator"
	"github.com/octoq/octoq/internal/zone"
)

// Two workers on machines with different zone files, and a daily tick: it is
// enqueued once. On the second machine the clocks of Paris are two seconds slow.
func TestDailyTickOnMachinesWithDifferentZones(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.worker()
	r.setenv("ZONEINFO=" + slowParis(t, 2*time.Second))
	r.worker()
	paris, err := zone.Load("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	tick := r.redisTime().Add(5 * time.Second).Truncate(time.Second)
	r.must(0, "schedule", "add", "daily", "--cron", tick.In(paris).Format("5 4 15 * * *"), "--zone", "Europe/Paris", "--list-name", "all",
		"--text", "Hello, STOP au 30101", "--type", "sms_premium", "--purpose", "alert")
	r.until(30*time.Second, "both clocks have passed the tick", func() (bool, string) { return r.redisTime().After(tick.Add(5 * time.Second)), "" })
	states := r.states()
	if _, there := states["daily-"+tick.UTC().Format(tickForm)]; !there || len(states) != 1 {
		t.Errorf("campaigns: got %v, want that of %s alone", states, tick)
	}
}

// slowParis is a folder of zone files in which Europe/Paris is an hour less lag
// before UTC, all year.
func slowParis(t *testing.T, lag time.Duration) string {
	t.Helper()
	file := append([]byte("TZif"), make([]byte, 16)...) // version 1
	const name = "CET\x00"
	for _, count := range []uint32{0, 0, 0, 0, 1, uint32(len(name))} { // one offset, and its name
		file = wire.BigEndian.AppendUint32(file, count)
	}
	file = wire.BigEndian.AppendUint32(file, uint32((time.Hour-lag)/time.Second))
	file = append(file, 0, 0) // no summer time; the name begins at 0
	file = append(file, name...)
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "Europe"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "Europe", "Paris"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}
