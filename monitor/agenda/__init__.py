"""The improvement agenda (*verbeteragenda*): themes, actions, milestones and the indicator each action should move."""
