from kowis_data.commands import main

raise SystemExit(main())
