package metrics

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// AllSettings stands for the file whose fault keeps all settings from being read again.
const AllSettings = "settings"

// Settings shows which settings of a worker cannot be read.
type Settings struct{ faulty *prometheus.GaugeVec }

// NewSettings makes the gauge and registers it.
func NewSettings(reg prometheus.Registerer) (*Settings, error) {
	s := &Settings{faulty: prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "octoq_settings_faulty",
		Help: "1 for each file of accounts_dir that has a fault, and for the settings as a whole where they cannot be read again: what they set stays as it was.",
	}, []string{"file"})}
	if err := reg.Register(s.faulty); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	return s, nil
}

// Faulty says which files have a fault now.
func (s *Settings) Faulty(files []string) {
	s.faulty.Reset()
	for _, file := range files {
		s.faulty.WithLabelValues(file).Set(1)
	}
}
