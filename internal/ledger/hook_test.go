package ledger

import (
	"context"
	"net"

	"github.com/redis/go-redis/v9"
)

// countEval counts the scripts about one record that are sent as text.
type countEval struct {
	n      *int
	record string
}

func (countEval) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (h countEval) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if args := cmd.Args(); cmd.Name() == "eval" && len(args) > 6 && args[6] == h.record {
			*h.n++
		}
		return next(ctx, cmd)
	}
}

func (countEval) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// betweenTwo does something once, between the two commands of a pipeline.
type betweenTwo struct{ do func() }

func (*betweenTwo) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (*betweenTwo) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (h *betweenTwo) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if len(cmds) != 2 || h.do == nil {
			return next(ctx, cmds)
		}
		if err := next(ctx, cmds[:1]); err != nil {
			return err
		}
		h.do()
		h.do = nil
		return next(ctx, cmds[1:])
	}
}
