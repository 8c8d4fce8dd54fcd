package spec

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestLifetimeValidate(t *testing.T) {
	good := Lifetime{Timeout: time.Second, StopSignal: unix.SIGTERM}
	if err := errors.Join(good.Validate(), (&Lifetime{}).Validate()); err != nil {
		t.Error(err)
	}
	for _, l := range []Lifetime{{Timeout: -1, StopSignal: 15}, {CPUTime: -1, StopSignal: 15}, {Timeout: 1}, {CPUTime: 1}} {
		if l.Validate() == nil {
			t.Errorf("%+v is valid", l)
		}
	}
}
