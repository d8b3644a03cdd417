package simulator_test

import (
	"testing"

	"go.uber.org/goleak"

	_ "github.com/octoq/octoq/internal/testenv" // no setting of the developer's reaches these tests
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
