import json

values = json.loads('{')
